import pytest
from pydantic import ValidationError

from agent.batch.items import BatchItem


def test_a_brief_becomes_the_settings_of_a_run():
    item = BatchItem.model_validate(
        {
            "topic": "Locks",
            "words": 300,
            "schema": "off",
            "language": "de",
            "documents": ["a*"],
            "formats": ["md"],
            "ratio": 5,
            "max_usd": 0.5,
        }
    )
    assert item.mode == "report"
    assert item.flags() == {
        "write.narrative": "off",
        "write.language": "de",
        "search.documents": ["a*"],
        "write.formats": ["md"],
        "write.saturation_ratio": 5.0,
        "write.saturation_target": 0,
        "budget.max_usd": 0.5,
    }


def test_the_same_text_has_the_same_name_wherever_it_stands_and_another_brief_another():
    name = BatchItem(topic="The Kiel Canal").name
    assert name.startswith("the-kiel-canal-")
    assert BatchItem(topic="  The Kiel Canal ").name == name
    assert BatchItem(topic="The Kiel Canal", words=200).name != name
    assert BatchItem(topic="運河").name.startswith("item-")


@pytest.mark.parametrize(
    ("brief", "message"),
    [
        ({}, "topic .* or a question"),
        ({"topic": "a", "question": "b"}, "one of them"),
        ({"topic": " "}, "at least 1"),
        ({"question": "Who?", "words": 100}, "words is of reports"),
        ({"question": "Who?", "schema": "off"}, "schema is of reports"),
        ({"topic": "a", "sections": ["x"], "schema": "company-deep-dive"}, "exclude each other"),
        ({"topic": "a", "wrods": 3}, "wrods"),
        ({"topic": "a", "words": 10}, "greater than or equal to 50"),
        ({"topic": "a", "id": "../up"}, "pattern"),
    ],
)
def test_a_brief_that_asks_for_nothing_or_too_much_is_refused(brief, message):
    with pytest.raises(ValidationError, match=message):
        BatchItem.model_validate(brief)
