"""The environment, read once. config.example.env explains every setting."""

import os
import re
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from alerts.errors import CascadeError, FetchFailed, InvalidInput
from alerts.fetch import check_address
from alerts.pictures.theme import ThemeName
from alerts.publishing.approvals import Rule
from alerts.publishing.feeds import SOURCES
from alerts.schedule.places import find_place
from alerts.schedule.recurrence import Pattern, Recurrence
from bot.faults import plain
from bot.http.listen import Listen, read_listen

PREFIX = "CASCADE_"
MI5_FEED = "https://www.mi5.gov.uk/UKThreatLevel/UKThreatLevel.xml"
LARGEST_USER_ID = 2**52
"""User ids have at most 52 significant bits (Bot API, User)."""

POSTGRESQL = "postgresql+asyncpg"
DATABASES = ("sqlite+aiosqlite", POSTGRESQL)
POSTGRESQL_OPTIONS = ("host", "ssl")
"""What may stand behind the question mark: a folder with the server's socket, and how to encrypt."""

FREE_RATE = 30
PAID_RATE = 1000
"""Messages a second of a bot (https://core.telegram.org/bots/faq#how-can-i-message-all-of-my-bot-39s-subscribers-at-once)."""

CAP_SENDER = re.compile(r"[^\s,<&]{1,200}")
MAIL_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")

SHORTEST_SECRET = 32

TOKEN_FORM = re.compile(r"\d+:[A-Za-z0-9_-]+")
BOT_SUFFIX = re.compile(r"https?://[^/\s]+(/\S*)?/bot(\d+:[^/\s]*)?/*")
"""An address that goes on as far as a method's does, with or without a token."""

NOT_BUILT_YET = {
    "CASCADE_WEBHOOK_URL": "webhooks",
    "CASCADE_WEBHOOK_SECRET": "webhooks",
}
"""Settings of the contract whose part is not built: `check` and `run` say so when one of them is set."""


class SettingsError(CascadeError):
    """A setting is missing or wrong; the text is one line that names it."""


class Settings(BaseSettings):
    """What an administrator sets."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True)

    bot_token: SecretStr = SecretStr("")
    secret: SecretStr = SecretStr("")
    api_url: str = "https://api.telegram.org"
    database_url: str = "sqlite+aiosqlite:///cascade.db"
    owners: Annotated[tuple[int, ...], NoDecode] = ()
    timezone: str = "Europe/London"
    holidays: str = "GB-ENG"
    rate_per_second: int = Field(default=FREE_RATE, ge=1, le=PAID_RATE)
    paid_broadcast: bool = False
    data_dir: Path | None = None
    level_feed_url: str = MI5_FEED
    level_feed_silent_minutes: int = Field(default=360, ge=1, le=60 * 24 * 366)
    level_confirm_by_second_reading: int = Field(default=0, ge=0, le=60 * 24)
    two_person_rule: bool = True
    break_glass: bool = False
    break_glass_per_hour: int = Field(default=2, ge=1, le=60)
    pictures: Literal["light", "dark", "off"] = "light"
    audit_link_at: str = "09:00"
    operator: str = "an operator who has not given a name (CASCADE_OPERATOR)"
    operator_contact: str = "ask the person who invited you"
    http_listen: str = "127.0.0.1:8080"
    cap_sender: str = ""
    self_test: str = "monthly 1 10:00"
    news_feeds: Annotated[tuple[tuple[str, str], ...], NoDecode] = ()

    @field_validator("bot_token")
    @classmethod
    def _has_the_form_of_a_token(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not TOKEN_FORM.fullmatch(value.get_secret_value()):
            raise ValueError("is no bot token: BotFather gives one like 123456789:AAE…")
        return value

    @field_validator("secret")
    @classmethod
    def _is_long_enough(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and len(value.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(f"must have at least {SHORTEST_SECRET} characters: write a random one, or leave it out")
        return value

    @field_validator("api_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if not re.match(r"https?://[^/\s]+", value):
            raise ValueError("must start with https:// or http://")
        if BOT_SUFFIX.fullmatch(value):
            raise ValueError("takes no /bot suffix, since the program adds it: write https://api.telegram.org")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _has_an_async_driver(cls, value: str) -> str:
        try:
            url = make_url(value)
        except (ArgumentError, ValueError):  # the latter quotes what stands in the port's place, a password perhaps
            raise ValueError("is no database address: write sqlite+aiosqlite:///cascade.db") from None
        if url.drivername not in DATABASES:
            raise ValueError(f"must start with {' or '.join(f'{driver}://' for driver in DATABASES)}")
        if url.drivername == POSTGRESQL and not url.database:
            raise ValueError(f"must name the database at its end: {POSTGRESQL}://USER:PASSWORD@HOST/DATABASE")
        if url.drivername == POSTGRESQL and url.query.keys() - POSTGRESQL_OPTIONS:
            raise ValueError(f"takes no other options than {' and '.join(POSTGRESQL_OPTIONS)}, such as ?ssl=require")
        return value

    @field_validator("owners", mode="before")
    @classmethod
    def _are_user_ids(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = [part.strip() for part in value.split(",") if part.strip()]
        if not all(part.isdecimal() and 0 < int(part) < LARGEST_USER_ID for part in parts):
            raise ValueError("must be Telegram user ids with commas between them, such as 1234567,7654321")
        return tuple(int(part) for part in parts)

    @field_validator("news_feeds", mode="before")
    @classmethod
    def _are_feeds(cls, value: object) -> object:
        """Read `govuk-alerts,ctp`, each with its own address after an equals sign where it is not the usual one."""
        if not isinstance(value, str):
            return value
        pairs = [part.strip().partition("=") for part in value.split(",") if part.strip()]
        chosen = {code.strip(): address.strip() for code, _, address in pairs}
        if len(chosen) < len(pairs) or not chosen.keys() <= SOURCES.keys():
            raise ValueError(f"must name feeds once each, with commas between them: {', '.join(SOURCES)}")
        for address in filter(None, chosen.values()):
            try:
                check_address(address)
            except FetchFailed:
                raise ValueError("must give a feed an address that starts with https://") from None
        return tuple(chosen.items())

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError("is no time zone: write one like Europe/London") from None
        return value

    @field_validator("holidays")
    @classmethod
    def _is_a_place_with_bank_holidays(cls, value: str) -> str:
        try:
            return find_place(value).code
        except InvalidInput:
            raise ValueError("is no place whose bank holidays are known: write one like GB-ENG or NL") from None

    @field_validator("http_listen")
    @classmethod
    def _is_a_place_to_listen(cls, value: str) -> str:
        listen = read_listen(value)
        return str(listen) if listen else ""

    @field_validator("self_test")
    @classmethod
    def _comes_round(cls, value: str) -> str:
        if not value.strip():
            return ""
        try:
            recurrence = Recurrence.parse(value, ZoneInfo("UTC"), datetime(2026, 1, 1, tzinfo=UTC))
        except InvalidInput:
            raise ValueError("is no rule: write one such as monthly 1 10:00, or nothing to switch it off") from None
        if recurrence.pattern in {Pattern.ONCE, Pattern.EVERY}:
            raise ValueError("must come round on the clock, such as monthly 1 10:00")
        return recurrence.rule

    @field_validator("cap_sender")
    @classmethod
    def _is_a_sender_of_cap(cls, value: str) -> str:
        if value and not CAP_SENDER.fullmatch(value):
            raise ValueError("must be one word without commas, < and &, such as alerts@example.org")
        return value

    @field_validator("data_dir", mode="before")
    @classmethod
    def _is_a_folder_or_nothing(cls, value: object) -> object:
        return value or None

    @field_validator("level_feed_url")
    @classmethod
    def _is_safe_to_read_from(cls, value: str) -> str:
        if value.strip():
            try:
                check_address(value.strip())
            except FetchFailed as error:
                raise ValueError(f"cannot be used: {error}") from None
        return value.strip()

    @field_validator("audit_link_at")
    @classmethod
    def _is_a_time_of_day(cls, value: str) -> str:
        if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
            raise ValueError("must be a time of day, such as 09:00")
        return value

    @property
    def audit_link_time(self) -> time:
        """When the owners get the newest link of the record, in the readers' zone."""
        return time.fromisoformat(self.audit_link_at)

    @property
    def rate(self) -> int:
        """How many messages a second go out: what is set, or else what Telegram allows a bot that pays or does not."""
        if self.paid_broadcast and "rate_per_second" not in self.model_fields_set:
            return PAID_RATE
        return self.rate_per_second

    @property
    def rule(self) -> Rule:
        """How many people it takes to send an alert."""
        return Rule(self.two_person_rule, self.break_glass, self.break_glass_per_hour)

    @property
    def theme(self) -> ThemeName | None:
        """The colours of the pictures that go with answers; None for words alone."""
        return None if self.pictures == "off" else ThemeName(self.pictures)

    @property
    def listen(self) -> Listen | None:
        """Where the HTTP surface listens, None when there is to be none."""
        return read_listen(self.http_listen)

    @property
    def issues_cap_as(self) -> str:
        """Who our CAP documents say that they are from: what is set, else the operator's address, else their name."""
        if self.cap_sender:
            return self.cap_sender
        address = MAIL_ADDRESS.search(self.operator_contact)
        return address[0] if address else "-".join(re.findall(r"[a-z0-9]+", self.operator.lower())) or "cascade"

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which readers see moments."""
        return ZoneInfo(self.timezone)


class DemoSettings(Settings):
    """Settings that come from the program alone: nothing is asked of the network, and no HTTP surface takes a port."""

    level_feed_url: str = ""
    http_listen: str = ""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings' signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read nothing from the environment."""
        return (init_settings,)


def read_settings(*, needs_token: bool = False) -> Settings:
    """Read the environment and `.env`.

    Raises:
        SettingsError: a setting is wrong, or the token is missing where it is needed.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        raise SettingsError("; ".join(_complaint(fault) for fault in error.errors())) from None
    if needs_token and not settings.bot_token.get_secret_value():
        raise SettingsError("CASCADE_BOT_TOKEN is missing: BotFather gives one (see README)")
    return settings


def settings_without_effect() -> list[str]:
    """Name what is set and does nothing: parts that are not built yet, and names that are no setting at all."""
    names = {name for name, value in (dotenv_values(".env") | os.environ).items() if value}
    unbuilt = [f"{name} is set, and {what} is not built yet" for name, what in NOT_BUILT_YET.items() if name in names]
    known = {PREFIX + field.upper() for field in Settings.model_fields} | NOT_BUILT_YET.keys()
    ours = (name for name in sorted(names) if name.startswith(PREFIX) and not name.startswith(f"{PREFIX}TEST_"))
    return unbuilt + [f"{name} is no setting of Cascade" for name in ours if name not in known]


def _complaint(fault: ErrorDetails) -> str:
    """Name the setting; its value stays out, since it may be secret."""
    place = fault["loc"]
    name = PREFIX + str(place[0]).upper() if place else "a setting"
    return f"{name} {plain(fault)}"
