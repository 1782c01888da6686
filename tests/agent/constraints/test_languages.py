import pytest

from agent.constraints.languages import language_of, tag_of


@pytest.mark.parametrize(
    ("sentence", "tag"),
    [
        ("The board of the office deferred the repair of the springs in March.", "en"),
        ("Der Vorstand hat die Reparatur der Federn auf das nächste Jahr verschoben.", "de"),
        ("Le conseil a reporté la réparation des ressorts et ne dit pas pourquoi.", "fr"),
        ("El consejo aplazó la reparación de los muelles y no dijo por qué.", "es"),
        ("Il consiglio ha rinviato la riparazione delle molle e non dice perché della cosa.", "it"),
        ("De raad heeft het herstel van de veren uitgesteld en zegt niet waarom.", "nl"),
        ("total: 4,512,000 (2024)", None),
    ],
)
def test_a_sentence_is_in_the_language_of_its_common_words(sentence, tag):
    assert language_of(sentence) == tag


def test_a_language_is_known_by_tag_and_by_name():
    assert [tag_of(name) for name in ("de", "German", "deutsch", "Klingon")] == ["de", "de", "de", None]
