"""`runwire webhooks`."""

from itertools import islice
from typing import Annotated

import typer

from runwire.cli.caller import Caller, calling
from runwire.cli.output import literal
from runwire.cli.values import clock, shortened
from runwire_client import Delivery, DeliveryStatus, Webhook, WebhookEvent

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Have other services told about runs, and see what they were told.",
)

EVENTS = ", ".join(event.removeprefix("run.") for event in WebhookEvent if "." in event)

WebhookId = Annotated[str, typer.Argument(metavar="WEBHOOK", help="The webhook's id.")]
Url = Annotated[str, typer.Argument(metavar="URL", help="Where to: http or https.")]
NewUrl = Annotated[str | None, typer.Option("--url", help="Where to: http or https.")]
Events = Annotated[
    list[str] | None,
    typer.Option("--event", metavar="EVENT", help=f"Tell of this: {EVENTS}; repeatable."),
]
Filter = Annotated[
    str | None, typer.Option("--filter", help="Only of runs that match, such as graph_id = a.")
]
Name = Annotated[str | None, typer.Option("--name", help="What people call it.")]


@app.command()
@calling
def create(
    caller: Caller,
    url: Url,
    events: Events = None,
    filter: Filter = None,  # noqa: A002 - what it is called everywhere
    name: Name = None,
    webhook_id: Annotated[str, typer.Option("--id", help="Its id; one is made if none.")] = "",
    paused: Annotated[bool, typer.Option("--paused", help="Send nothing yet.")] = False,
) -> None:
    """Make a webhook; its secret is shown now and never again."""
    webhook = caller.client.webhooks.create(
        url,
        events=_events(events) or (),
        filter=filter or "",
        display_name=name or "",
        paused=paused,
        webhook_id=webhook_id,
    )
    if caller.output.as_json:
        caller.output.document(webhook)
        return
    caller.output.line(f"webhook [bold]{literal(webhook.webhook_id)}[/]")
    caller.output.line(f"secret  [bold]{literal(webhook.secret)}[/]")
    caller.output.line("[dim]Keep the secret: it is not shown again, and verifies what is sent.[/]")


@app.command("list")
@calling
def list_webhooks(caller: Caller) -> None:
    """List the webhooks, newest first."""
    found = list(caller.client.webhooks.list())
    if caller.output.as_json:
        caller.output.document([_shown(each) for each in found])
        return
    rows = [
        (
            f"[bold]{literal(each.webhook_id)}[/]",
            literal(each.display_name),
            "[yellow]paused[/]" if each.paused else "[green]on[/]",
            ", ".join(event.removeprefix("run.") for event in each.events),
            literal(shortened(each.url, 80)),
        )
        for each in found
    ]
    caller.output.table(("WEBHOOK", "NAME", "STATE", "EVENTS", "URL"), rows)


@app.command()
@calling
def get(caller: Caller, webhook_id: WebhookId) -> None:
    """Show one webhook."""
    _describe(caller, caller.client.webhooks.get(webhook_id))


@app.command()
@calling
def update(
    caller: Caller,
    webhook_id: WebhookId,
    url: NewUrl = None,
    events: Events = None,
    filter: Filter = None,  # noqa: A002 - what it is called everywhere
    name: Name = None,
    paused: Annotated[
        bool | None, typer.Option("--pause/--resume", help="Send nothing, or send again.")
    ] = None,
) -> None:
    """Change a webhook; what is not named stays."""
    if all(value is None for value in (url, events, filter, name, paused)):
        raise typer.BadParameter("name what to change: --url, --event, --filter, --name, --pause")
    webhook = caller.client.webhooks.update(
        webhook_id,
        url=url,
        events=_events(events),
        filter=filter,
        display_name=name,
        paused=paused,
    )
    _describe(caller, webhook)


@app.command()
@calling
def delete(caller: Caller, webhook_id: WebhookId) -> None:
    """Delete a webhook with its deliveries."""
    caller.client.webhooks.delete(webhook_id)
    caller.output.line(f"deleted {literal(webhook_id)}")


@app.command()
@calling
def deliveries(
    caller: Caller,
    webhook_id: WebhookId,
    status: Annotated[
        list[DeliveryStatus] | None, typer.Option("--status", help="Only these; repeatable.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 50,
) -> None:
    """List what was sent to a webhook, and what waits, newest first."""
    wanted = [each for each in status or () if each is not DeliveryStatus.UNKNOWN]
    found = list(
        islice(
            caller.client.webhooks.deliveries(
                webhook_id, statuses=wanted, page_size=min(limit, 1000)
            ),
            limit,
        )
    )
    if caller.output.as_json:
        caller.output.document(found)
        return
    columns = ("DELIVERY", "EVENT", "RUN", "STATUS", "ATTEMPTS", "HTTP", "NEXT", "ERROR")
    caller.output.table(columns, [_row(each) for each in found])


@app.command()
@calling
def replay(
    caller: Caller,
    webhook_id: WebhookId,
    delivery_id: Annotated[str, typer.Argument(metavar="DELIVERY", help="The delivery's id.")],
) -> None:
    """Send a delivery again, whatever became of it."""
    delivery = caller.client.webhooks.replay(webhook_id, delivery_id)
    if caller.output.as_json:
        caller.output.document(delivery)
        return
    caller.output.line(f"{literal(delivery.delivery_id)} is due again")


def _events(words: list[str] | None) -> list[WebhookEvent] | None:
    if words is None:
        return None
    known = {each.removeprefix("run."): each for each in WebhookEvent if "." in each}
    found = []
    for word in words:
        event = known.get(word.removeprefix("run.").lower())
        if event is None:
            raise typer.BadParameter(f"{word!r} is none of {EVENTS}", param_hint="--event")
        found.append(event)
    return found


def _row(delivery: Delivery) -> tuple[str, ...]:
    colours = {DeliveryStatus.DELIVERED: "green", DeliveryStatus.FAILED: "red"}
    colour = colours.get(delivery.status, "yellow")
    return (
        f"[bold]{literal(delivery.delivery_id)}[/]",
        delivery.event.removeprefix("run."),
        literal(delivery.run_id),
        f"[{colour}]{delivery.status.value}[/]",
        str(delivery.attempts),
        str(delivery.response_code or ""),
        clock(delivery.next_attempt_at),
        literal(shortened(delivery.error_message, 80)),
    )


def _describe(caller: Caller, webhook: Webhook) -> None:
    if caller.output.as_json:
        caller.output.document(_shown(webhook))
        return
    caller.output.facts(
        {
            "webhook": f"[bold]{literal(webhook.webhook_id)}[/]",
            "name": literal(webhook.display_name),
            "url": literal(webhook.url),
            "events": ", ".join(event.removeprefix("run.") for event in webhook.events),
            "filter": literal(webhook.filter),
            "paused": "yes" if webhook.paused else "",
            "because": literal(webhook.pause_reason),
            "created": clock(webhook.created_at),
        }
    )


def _shown(webhook: Webhook) -> dict[str, object]:
    """Return a webhook without a secret that nobody has been told here."""
    return {name: value for name, value in vars(webhook).items() if name != "secret"}
