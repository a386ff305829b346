import os
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from bot.settings import NOT_BUILT_YET, SettingsError, read_settings, settings_without_effect

TOKEN = "123456789:AAE_fake-token_of-the-tests_0123456789"
PG = "postgresql+asyncpg://cascade:secret@db.example.org:5433/cascade"
PG_SOCKET = "postgresql+asyncpg:///cascade?host=/run/postgresql"


@pytest.fixture(autouse=True)
def _bare(monkeypatch, tmp_path):
    """An environment without a setting, in a folder without a .env."""
    for name in [name for name in os.environ if name.startswith("CASCADE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def complaint(**how: bool) -> str:
    """Give the one line that the administrator reads."""
    with pytest.raises(SettingsError) as raised:
        read_settings(**how)
    line = str(raised.value)
    assert "\n" not in line
    assert raised.value.__suppress_context__ or raised.value.__context__ is None
    return line


def test_the_defaults_are_those_of_the_contract():
    """An administrator who sets nothing gets what config.example.env says."""
    assert read_settings().model_dump() == {
        "bot_token": SecretStr(""),
        "secret": SecretStr(""),
        "api_url": "https://api.telegram.org",
        "database_url": "sqlite+aiosqlite:///cascade.db",
        "owners": (),
        "timezone": "Europe/London",
        "holidays": "GB-ENG",
        "rate_per_second": 30,
        "paid_broadcast": False,
        "data_dir": None,
        "level_feed_url": "https://www.mi5.gov.uk/UKThreatLevel/UKThreatLevel.xml",
        "level_feed_silent_minutes": 360,
        "level_confirm_by_second_reading": 0,
        "two_person_rule": True,
        "break_glass": False,
        "break_glass_per_hour": 2,
        "pictures": "light",
        "audit_link_at": "09:00",
        "operator": "an operator who has not given a name (CASCADE_OPERATOR)",
        "operator_contact": "ask the person who invited you",
        "self_test": "monthly 1 10:00",
        "news_feeds": (),
        "http_listen": "127.0.0.1:8080",
        "cap_sender": "",
    }
    assert read_settings().zone == ZoneInfo("Europe/London")


RIGHT = [
    ("BOT_TOKEN", TOKEN, "bot_token", SecretStr(TOKEN)),
    ("API_URL", "http://bot", "api_url", "http://bot"),
    ("API_URL", "http://127.0.0.1:8081/", "api_url", "http://127.0.0.1:8081"),
    ("DATABASE_URL", "sqlite+aiosqlite:////srv/c.db", "database_url", "sqlite+aiosqlite:////srv/c.db"),
    ("DATABASE_URL", PG, "database_url", PG),
    ("DATABASE_URL", f"{PG}?ssl=require", "database_url", f"{PG}?ssl=require"),
    ("DATABASE_URL", PG_SOCKET, "database_url", PG_SOCKET),
    ("TIMEZONE", "Asia/Kolkata", "timezone", "Asia/Kolkata"),
    ("HOLIDAYS", "gb/sct", "holidays", "GB-SCT"),
    ("RATE_PER_SECOND", "1", "rate_per_second", 1),
    ("RATE_PER_SECOND", "1000", "rate_per_second", 1000),
    ("PAID_BROADCAST", "true", "paid_broadcast", True),
    ("DATA_DIR", "/etc/cascade", "data_dir", Path("/etc/cascade")),
    ("DATA_DIR", "", "data_dir", None),
    ("AUDIT_LINK_AT", "23:59", "audit_link_at", "23:59"),
    ("LEVEL_FEED_URL", "", "level_feed_url", ""),
    ("LEVEL_FEED_URL", " https://example.org/f.xml ", "level_feed_url", "https://example.org/f.xml"),
    ("LEVEL_FEED_URL", "http://127.0.0.1:8000/f.xml", "level_feed_url", "http://127.0.0.1:8000/f.xml"),
    ("LEVEL_FEED_SILENT_MINUTES", "30", "level_feed_silent_minutes", 30),
    ("LEVEL_CONFIRM_BY_SECOND_READING", "10", "level_confirm_by_second_reading", 10),
    ("TWO_PERSON_RULE", "false", "two_person_rule", False),
    ("BREAK_GLASS", "true", "break_glass", True),
    ("BREAK_GLASS_PER_HOUR", "1", "break_glass_per_hour", 1),
    ("PICTURES", "dark", "pictures", "dark"),
    ("PICTURES", "off", "pictures", "off"),
    ("OPERATOR", "Example Ltd", "operator", "Example Ltd"),
    ("OPERATOR_CONTACT", "privacy@example.org", "operator_contact", "privacy@example.org"),
    ("OWNERS", "", "owners", ()),
    ("OWNERS", "1234567", "owners", (1234567,)),
    ("OWNERS", " 1234567 , 7654321,", "owners", (1234567, 7654321)),
    ("SELF_TEST", "", "self_test", ""),
    ("SELF_TEST", " Weekly  MON 9:00", "self_test", "weekly mon 09:00"),
    ("NEWS_FEEDS", "", "news_feeds", ()),
    ("NEWS_FEEDS", "govuk-alerts, ctp", "news_feeds", (("govuk-alerts", ""), ("ctp", ""))),
    ("NEWS_FEEDS", "ctp=https://x.org/?a=1", "news_feeds", (("ctp", "https://x.org/?a=1"),)),
    ("NEWS_FEEDS", "ctp=http://127.0.0.1:8099/f", "news_feeds", (("ctp", "http://127.0.0.1:8099/f"),)),
]


@pytest.mark.parametrize(("name", "text", "field", "value"), RIGHT)
def test_a_right_value_is_taken(monkeypatch, name, text, field, value):
    """From the environment, and just so from a .env in the folder."""
    monkeypatch.setenv(f"CASCADE_{name}", text)
    assert getattr(read_settings(), field) == value
    monkeypatch.delenv(f"CASCADE_{name}")
    Path(".env").write_text(f"CASCADE_{name}={text}\n")
    assert getattr(read_settings(), field) == value


WRONG = [
    ("AUDIT_LINK_AT", "24:00", "must be a time of day"),
    ("AUDIT_LINK_AT", "9:00 hunter2", "must be a time of day"),
    ("SECRET", "hunter2", "must have at least 32 characters"),
    ("BOT_TOKEN", "hunter2", "is no bot token"),
    ("BOT_TOKEN", "123:hunter2 hunter2", "is no bot token"),
    ("API_URL", "api.hunter2.org", "must start with https:// or http://"),
    ("API_URL", "https://api.hunter2.org/bot", "takes no /bot suffix"),
    ("API_URL", "https://api.hunter2.org/v1/bot123456:hunter2/", "takes no /bot suffix"),
    ("API_URL", "https:///hunter2", "must start with https:// or http://"),
    ("DATABASE_URL", "hunter2", "is no database address"),
    ("DATABASE_URL", "postgresql+asyncpg://cascade:hunter2@db", "must name the database at its end"),
    ("DATABASE_URL", "postgresql+asyncpg://cascade:hunter2@db/c?sslmode=require", "no other options than host and ssl"),
    ("DATABASE_URL", "postgresql+asyncpg://cascade:hunter2@db:hunter2/c", "is no database address"),
    ("DATABASE_URL", "postgresql://cascade:hunter2@db/cascade", "or postgresql+asyncpg://"),
    ("DATABASE_URL", "postgresql+psycopg://cascade:hunter2@db/cascade", "or postgresql+asyncpg://"),
    ("DATABASE_URL", "mysql+aiomysql://cascade:hunter2@db/cascade", "must start with sqlite+aiosqlite://"),
    ("DATABASE_URL", "postgresql://cascade:hunter2", "is no database address"),
    ("DATABASE_URL", "sqlite:///hunter2.db", "must start with sqlite+aiosqlite://"),
    ("OWNERS", "hunter2", "must be Telegram user ids with commas between them"),
    ("OWNERS", "1234567;7654321", "must be Telegram user ids"),
    ("OWNERS", "-100", "must be Telegram user ids"),
    ("OWNERS", "0", "must be Telegram user ids"),
    ("OWNERS", "1234567,99999999999999999999", "must be Telegram user ids"),
    ("SELF_TEST", "hunter2", "is no rule: write one such as monthly 1 10:00"),
    ("SELF_TEST", "every 1 h", "must come round on the clock"),
    ("NEWS_FEEDS", "hunter2", "must name feeds once each, with commas between them: govuk-alerts, ctp"),
    ("NEWS_FEEDS", "ctp,ctp=https://hunter2.org", "must name feeds once each"),
    ("NEWS_FEEDS", "ctp=http://hunter2.org/", "must give a feed an address that starts with https://"),
    ("NEWS_FEEDS", "ctp=https://me:hunter2@x.org/", "must give a feed an address"),
    ("PICTURES", "hunter2", "must be 'light', 'dark' or 'off'"),
    ("TIMEZONE", "Europe/Hunter2", "is no time zone"),
    ("TIMEZONE", "", "is no time zone"),
    ("TIMEZONE", "../hunter2", "is no time zone"),
    ("LEVEL_FEED_URL", "http://hunter2.org/feed.xml", "must start with https://"),
    ("LEVEL_FEED_URL", "https://me:hunter2@example.org/feed.xml", "must name a host, and no user"),
    ("LEVEL_FEED_URL", "hunter2", "cannot be used"),
    ("LEVEL_FEED_SILENT_MINUTES", "0", "at least 1"),
    ("LEVEL_CONFIRM_BY_SECOND_READING", "-1", "at least 0"),
    ("HOLIDAYS", "GB-HUNTER2", "is no place whose bank holidays are known"),
    ("HOLIDAYS", "", "is no place whose bank holidays are known"),
    ("RATE_PER_SECOND", "hunter2", "a whole number"),
    ("RATE_PER_SECOND", "0", "at least 1"),
    ("RATE_PER_SECOND", "1001", "at most 1000"),
]


@pytest.mark.parametrize(("name", "value", "words"), WRONG)
def test_a_wrong_value_is_one_line_that_names_the_setting(monkeypatch, name, value, words):
    """The line tells what is wrong, and never the value, which may be a secret in the wrong place."""
    monkeypatch.setenv(f"CASCADE_{name}", value)
    line = complaint()
    assert line.startswith(f"CASCADE_{name} ")
    assert words in line
    assert "hunter2" not in line.lower()


def test_two_wrong_values_are_both_named(monkeypatch):
    """Nobody has to start twice to learn of the second mistake."""
    monkeypatch.setenv("CASCADE_OWNERS", "me")
    monkeypatch.setenv("CASCADE_TIMEZONE", "here")
    assert complaint().count("CASCADE_") == 2


def test_a_token_is_needed_only_where_it_is_used(monkeypatch):
    """The commands that do not speak to Telegram work without."""
    assert read_settings().bot_token.get_secret_value() == ""
    assert complaint(needs_token=True).startswith("CASCADE_BOT_TOKEN is missing")
    monkeypatch.setenv("CASCADE_BOT_TOKEN", TOKEN)
    assert read_settings(needs_token=True).bot_token.get_secret_value() == TOKEN


def test_the_settings_do_not_show_the_token(monkeypatch):
    """Whoever prints the settings does not print the bot."""
    monkeypatch.setenv("CASCADE_BOT_TOKEN", TOKEN)
    settings = read_settings()
    assert TOKEN not in f"{settings} {settings!r} {settings.model_dump()} {settings.model_dump_json()}"


def test_the_environment_wins_over_the_file(monkeypatch):
    """A line in .env is taken only where the environment says nothing."""
    Path(".env").write_text("CASCADE_OWNERS=1\nCASCADE_RATE_PER_SECOND=5\n")
    monkeypatch.setenv("CASCADE_OWNERS", "2")
    assert (read_settings().owners, read_settings().rate_per_second) == ((2,), 5)


@pytest.mark.parametrize("door", ["environment", "file"])
@pytest.mark.parametrize("name", NOT_BUILT_YET)
def test_a_setting_whose_part_is_not_built_is_named(monkeypatch, name, door):
    """The administrator learns that it does nothing, and its value, a secret perhaps, is not told."""
    if door == "environment":
        monkeypatch.setenv(name, "hunter2")
    else:
        Path(".env").write_text(f"{name}=hunter2\n")
    assert settings_without_effect() == [f"{name} is set, and {NOT_BUILT_YET[name]} is not built yet"]


def test_the_unbuilt_settings_are_those_of_the_contract():
    """One that is built has to leave the list."""
    assert set(NOT_BUILT_YET) == {
        "CASCADE_WEBHOOK_URL",
        "CASCADE_WEBHOOK_SECRET",
    }


def test_a_name_that_is_no_setting_is_named(monkeypatch):
    """A slip of the pen shows, from the environment and from the file; what is empty or not ours does not."""
    monkeypatch.setenv("CASCADE_OWNER", "hunter2")
    monkeypatch.setenv("CASCADE_EMPTY", "")
    monkeypatch.setenv("CASCADE_TEST_SOMETHING", "1")
    monkeypatch.setenv("OTHER_NAME", "1")
    monkeypatch.setenv("CASCADE_TIMEZONE", "Europe/Paris")
    Path(".env").write_text("CASCADE_TOKEN=hunter2\nCASCADE_OWNERS=1\nUNRELATED=1\n")
    assert settings_without_effect() == [
        "CASCADE_OWNER is no setting of Cascade",
        "CASCADE_TOKEN is no setting of Cascade",
    ]
    assert read_settings().owners == (1,)


def test_right_settings_cause_no_remark(monkeypatch):
    """Nothing is said about what has an effect."""
    for name, text, _, _ in RIGHT:
        monkeypatch.setenv(f"CASCADE_{name}", text)
    assert settings_without_effect() == []


@pytest.mark.parametrize(
    ("settings", "rate"),
    [({}, 30), ({"PAID_BROADCAST": "true"}, 1000), ({"PAID_BROADCAST": "true", "RATE_PER_SECOND": "200"}, 200)],
)
def test_paid_broadcasts_raise_the_rate_unless_one_is_set(monkeypatch, settings, rate):
    """Who pays for broadcasts gets Telegram's paid rate without a second setting; a rate that was set is kept."""
    for name, value in settings.items():
        monkeypatch.setenv(f"CASCADE_{name}", value)
    assert read_settings().rate == rate
