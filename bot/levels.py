"""Builds what officers are shown of a level that a source reports."""

from bot.domain import Domain
from handlers.level_report import LevelReported


def level_reported(domain: Domain) -> LevelReported:
    """Build what words such a report, and takes the button under it."""
    return LevelReported(
        texts=domain.texts,
        reports=domain.level_reports,
        schemes=domain.schemes,
        desk=domain.desk,
        message=domain.message,
        announce=domain.announce,
        holds=domain.holds,
        clock=domain.clock,
    )
