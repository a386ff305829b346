"""The command line: one file a noun."""

import typer

from bot.cli import (
    alert,
    audit,
    bench,
    briefing,
    check,
    drill,
    hold,
    intake,
    level,
    people,
    run,
    schedule,
    subscribers,
    template,
)

app = typer.Typer(
    name="cascade",
    help="Cascade passes security alerts on to industry sectors, by Telegram.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("run")(run.run)
app.command("demo")(run.demo)
app.command("sandbox")(run.sandbox)
app.command("check")(check.check)
app.command("migrate")(check.migrate_database)
app.command("bench")(bench.bench)
app.add_typer(level.app, name="level")
alert.app.command("hold")(hold.hold)
alert.app.command("release")(hold.release)
app.add_typer(alert.app, name="alert")
app.add_typer(schedule.app, name="schedule")
app.add_typer(briefing.app, name="briefing")
app.add_typer(template.app, name="template")
app.add_typer(drill.app, name="drill")
app.add_typer(subscribers.app, name="subscribers")
app.add_typer(people.app, name="people")
app.add_typer(intake.app, name="intake")
app.add_typer(audit.app, name="audit")
