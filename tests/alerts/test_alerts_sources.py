"""The contract of a source of levels, held against every class there is."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.feeds import FEED_2024, FEED_2026, NO_FEEDS

from alerts.data import DataFolder
from alerts.errors import FetchFailed
from alerts.levels.scheme import Schemes
from alerts.levels.sources.mi5 import Mi5
from alerts.levels.sources.source import LevelSource

SCHEMES = Schemes.load(DataFolder())
SOURCES: dict[str, tuple[Callable[[Schemes, str], LevelSource], list[bytes]]] = {"mi5": (Mi5, [FEED_2024, FEED_2026])}
"""Each source class with bodies that it must read; a new one is added here."""

ADDRESS = "https://example.org/feed.xml"
CASES = [(make, body) for make, bodies in SOURCES.values() for body in bodies]
BOMB = (
    b"<!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'>%s]><rss><channel><item><title>&j;</title></item></channel></rss>"
    % b"".join(b"<!ENTITY %c '%s'>" % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
)


def stated(source: LevelSource, body: bytes) -> dict[str, str]:
    """Read a body as far as it can be read."""
    try:
        return {scheme: level.name for scheme, level in source.read(body).levels.items()}
    except FetchFailed:
        return {}


@pytest.mark.parametrize(("make", "body"), CASES)
def test_a_good_body_states_levels_of_known_schemes(make, body):
    """Each level is one of its scheme's, each scheme is one of the source's, and the ttl makes sense."""
    source = make(SCHEMES, ADDRESS)
    statement = source.read(body)
    assert set(statement.levels) == set(source.schemes) != set()
    assert all(level in SCHEMES.scheme(scheme).levels for scheme, level in statement.levels.items())
    assert statement.ttl is None or statement.ttl > timedelta(0)


@pytest.mark.parametrize(("name", "make"), [(name, make) for name, (make, _) in SOURCES.items()])
def test_a_source_has_a_short_name_and_its_address(name, make):
    """The name fits a button beside a scheme and two numbers, and the address is the one that was set."""
    source = make(SCHEMES, ADDRESS)
    assert (source.code, source.address) == (name, ADDRESS)
    assert len(source.code.encode()) <= 10


@pytest.mark.parametrize("make", [make for make, _ in SOURCES.values()])
def test_of_schemes_that_are_not_in_force_nothing_is_read(make):
    """Where an installation has other schemes in force, the source has none and states nothing."""
    others = Schemes(SCHEMES.all, (SCHEMES.scheme("nl-nctv"),))
    source = make(others, ADDRESS)
    assert source.schemes == ()
    assert [stated(source, body) for _, body in CASES] == [{}] * len(CASES)


@pytest.mark.parametrize("make", [make for make, _ in SOURCES.values()])
@pytest.mark.parametrize("body", [b"", b" ", b"\x00", b"null", b"{}", b"<rss/>", b"<a/>", BOMB, *NO_FEEDS])
def test_what_is_no_feed_states_nothing(make, body):
    """Pages for browsers, errors in words, other documents and bombs end in a reason for people."""
    with pytest.raises(FetchFailed) as raised:
        make(SCHEMES, ADDRESS).read(body)
    assert raised.value.problem.startswith("feed-")


@pytest.mark.parametrize(("make", "body"), CASES)
def test_a_document_type_is_refused_whole(make, body, tmp_path):
    """With a DTD, an entity of its own or one that names a file, even a good body states nothing."""
    (tmp_path / "secret").write_text("CRITICAL")
    for declared in (
        "<!DOCTYPE rss>",
        '<!DOCTYPE rss [<!ENTITY l "CRITICAL">]>',
        f'<!DOCTYPE rss [<!ENTITY l SYSTEM "file://{tmp_path}/secret">]>',
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/rss.dtd">',
    ):
        assert stated(make(SCHEMES, ADDRESS), declared.encode() + body) == {}


@pytest.mark.parametrize(("make", "body"), CASES)
def test_every_shorter_body_states_nothing(make, body):
    """A body that was cut off anywhere before its closing tag is no body."""
    source = make(SCHEMES, ADDRESS)
    for length in range(len(body.rstrip()) - 1):
        assert stated(source, body[:length]) == {}, body[:length]


@st.composite
def mutations(draw: st.DrawFn) -> tuple[Callable[[Schemes, str], LevelSource], bytes, bytes]:
    """Break a good body in one to three places: bytes lost, doubled, moved, changed or put in."""
    make, body = draw(st.sampled_from(CASES))
    broken = body
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, max(len(broken) - 1, 0)))
        end = min(start + draw(st.integers(1, 60)), len(broken))
        place = draw(st.integers(0, len(broken)))
        piece = broken[start:end]
        broken = draw(
            st.sampled_from(
                [
                    broken[:start] + broken[end:],
                    broken[:end] + piece + broken[end:],
                    broken[:place] + piece + broken[place:],
                    broken[:start] + draw(st.binary(min_size=1, max_size=8)) + broken[end:],
                    broken[:start]
                    + draw(st.sampled_from([b"<", b"&", b"</item>", b"LOW", b"CRITICAL"]))
                    + broken[start:],
                    broken[:start],
                ]
            )
        )
    return make, body, broken


@settings(max_examples=200, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutations())
def test_a_broken_body_never_states_another_level(mutation):
    """Of 200 mutations of the good bodies none states a level that the unbroken one does not state of that scheme."""
    make, body, broken = mutation
    source = make(SCHEMES, ADDRESS)
    assert stated(source, broken).items() <= stated(source, body).items()


@pytest.mark.parametrize("make", [make for make, _ in SOURCES.values()])
@settings(max_examples=200, derandomize=True, deadline=None)
@given(body=st.one_of(st.binary(max_size=300), st.text(max_size=200).map(str.encode)))
def test_nothing_but_the_one_error_comes_out(make, body):
    """Whatever bytes come, the source raises its own error or states something."""
    stated(make(SCHEMES, ADDRESS), body)


@pytest.mark.parametrize(("make", "body"), CASES)
def test_a_body_is_read_in_a_fraction_of_a_millisecond(make, body):
    """Reading runs on the event loop: the best of 50 takes less than 5 ms on any machine, on ours a tenth of one."""
    source = make(SCHEMES, ADDRESS)
    times = []
    for _ in range(50):
        begin = time.perf_counter()
        source.read(body)
        times.append(time.perf_counter() - begin)
    assert min(times) < 0.005
