from agent.counting import counted


def test_one_thing_is_singular_and_none_or_many_are_plural():
    assert [counted(n, "cluster") for n in (0, 1, 2)] == ["0 clusters", "1 cluster", "2 clusters"]


def test_thousands_are_parted():
    assert counted(12000, "word") == "12,000 words"
