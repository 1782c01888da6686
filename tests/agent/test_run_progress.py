import io

import pytest
from rich.console import Console

from agent.commands.run_progress import RunProgress
from agent.progress import Event
from lm.metering import Budget, Meter, PriceTable
from lm.spending import RoleSpend, Spend


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def meter(clock):
    already = Spend(by_role={"writer": RoleSpend(calls=2, prompt_tokens=1_000, completion_tokens=50)})
    return Meter(Budget(), PriceTable(), clock, already=already)


@pytest.fixture
def screen():
    return io.StringIO()


@pytest.fixture
def progress(screen, meter, clock):
    return RunProgress(Console(file=screen, width=300, force_terminal=False), meter, clock=clock)


def foraged(block, unique):
    return Event(name="foraged", block=block, numbers={"unique": unique})


def filed(block, characters):
    return Event(name="filed", block=block, numbers={"characters": characters})


def last_line(screen):
    return screen.getvalue().splitlines()[-1]


def test_without_a_terminal_milestones_are_lines_and_other_events_are_silent(progress, screen):
    with progress:
        for event in (foraged("a", 900), filed("a", 100), Event(name="drafted", block="a")):
            progress(event)
        assert screen.getvalue() == ""
        progress(Event(name="plan", message="2 sections"))
    assert screen.getvalue().count("\n") == 1
    assert last_line(screen).startswith("planned: ")
    assert last_line(screen).endswith("(2 sections)")


def test_a_line_adds_up_blocks_characters_tokens_and_seconds(progress, screen, clock):
    progress(Event(name="preview"))
    progress(foraged("a", 600))
    progress(foraged("b", 900))
    progress(foraged("b", 1_400))  # tells the same block anew: not 600 + 900 + 1,400
    progress(Event(name="read", numbers={"unique": 1_900}))
    progress(filed("a", 400))
    clock.now += 42
    progress(Event(name="assembled", numbers={"ratio": 4.75, "characters": 430}))
    assert last_line(screen) == (
        "assembled: 1/2 blocks, 1,900 characters read, 430 written, ratio 4.8:1, 1,050 tokens, 42 s"
    )


def test_what_is_not_known_yet_is_not_shown(screen, clock):
    nothing_spent = Meter(Budget(), PriceTable(), clock)
    progress = RunProgress(Console(file=screen, width=300, force_terminal=False), nothing_spent, clock=clock)
    progress(Event(name="preview"))
    progress(Event(name="plan", message="rules"))
    assert last_line(screen) == "planned: 0 s  (rules)"


def test_the_blocks_of_introduction_and_conclusion_are_not_counted(progress, screen):
    progress(Event(name="preview"))
    progress(foraged("a", 600))
    progress(Event(name="read", numbers={"unique": 600}))
    for block in ("opening", "a", "closing"):
        progress(filed(block, 100))
    progress(Event(name="assembled"))
    assert "assembled: 1/1 blocks" in last_line(screen)


def test_a_resumed_run_shows_no_total_that_it_cannot_know(progress, screen):
    for block in ("a", "b"):
        progress(filed(block, 100))
    progress(Event(name="assembled"))
    assert last_line(screen).startswith("assembled: 2 blocks written, 200 written, ")


def test_money_is_shown_once_some_is_spent(screen, clock):
    already = Spend(by_role={"writer": RoleSpend(calls=1, prompt_tokens=9, completion_tokens=1, usd=0.02)})
    meter = Meter(Budget(), PriceTable(), clock, already=already)
    RunProgress(Console(file=screen, width=300, force_terminal=False), meter, clock=clock)(Event(name="plan"))
    assert last_line(screen) == "planned: 10 tokens, $0.0200, 0 s"


def test_the_account_of_all_reading_replaces_the_sum_over_blocks(progress, screen):
    progress(foraged("a", 600))
    progress(foraged("b", 900))
    progress(Event(name="read", numbers={"unique": 1_200}))
    assert "1,200 characters read" in last_line(screen)


def test_a_silent_run_gives_a_sign_of_life_after_ten_seconds(progress, screen, clock):
    clock.now += 10
    progress(foraged("a", 1))
    assert screen.getvalue() == ""
    clock.now += 1
    progress(foraged("b", 1))
    assert last_line(screen).startswith("foraging: ")
    clock.now += 5
    progress(foraged("c", 1))
    assert screen.getvalue().count("\n") == 1


def test_an_unknown_event_leaves_the_stage_as_it_was(progress, screen):
    progress(Event(name="revised"))
    progress(Event(name="budget", message="no tokens left"))
    assert last_line(screen).startswith("revising: ")
    assert last_line(screen).endswith("(no tokens left)")


def test_a_message_is_shown_as_it_is_and_cut_at_a_word(progress, screen):
    progress(Event(name="plan", message="[red]" + "words and " * 30))
    shown = last_line(screen).partition("  (")[2]
    assert shown.startswith("[red]words and words") and shown.endswith((" words …)", " and …)"))
    assert len(shown) < 165
    progress(Event(name="plan", message="x" * 300))
    assert last_line(screen).endswith("(" + "x" * 160 + " …)")


def test_on_a_terminal_one_line_is_kept_up_to_date(screen, meter, clock):
    console = Console(file=screen, width=300, force_terminal=True, color_system=None, _environ={"TERM": "xterm"})
    with RunProgress(console, meter, clock=clock) as progress:
        clock.now += 60
        progress(foraged("a", 1_234))
        before = screen.getvalue()
        progress(Event(name="draft_failed", message="try again"))
    assert "\n" not in before.replace("\r", "")
    assert "foraging: 1 block read for, 1,234 characters read" in screen.getvalue()
    assert "(try again)" in screen.getvalue()
