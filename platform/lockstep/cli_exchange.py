"""The command that runs a local exchange: `lockstep exchange`."""

import sys
from pathlib import Path
from typing import Annotated

import typer


def exchange_command(
    instruments: Annotated[
        str,
        typer.Option(
            help="SYMBOL:TICK:LOT,... or SYMBOL:TICK:LOT:PRICE, the price about which it trades. [tick 100,000]"
        ),
    ],
    port: Annotated[int, typer.Option(help="0: any that is free.", min=0, max=65535)] = 0,
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    expose: Annotated[bool, typer.Option("--expose", help="Listen where others can reach it: they can trade.")] = False,
    log: Annotated[Path | None, typer.Option(help="Append all that comes in, is made of it and leaves. [none]")] = None,
    sync: Annotated[bool, typer.Option("--sync", help="Wait for the disk before each answer.")] = False,
    faults: Annotated[Path | None, typer.Option(help="A script of what goes wrong: docs/exchange.md. [none]")] = None,
    fault_seed: Annotated[int, typer.Option(help="Of the chances in the script.")] = 0,
    flow: Annotated[
        int | None, typer.Option(help="Seed of a generated flow of orders to trade against. [none]")
    ] = None,
    flow_speed: Annotated[float, typer.Option(help="How many times as fast the flow comes.")] = 1.0,
    phase: Annotated[str, typer.Option(help="closed, auction, continuous or halt, to begin with.")] = "continuous",
    admin: Annotated[
        bool, typer.Option("--admin", help="Let clients set faults, phases and the end of the day.")
    ] = False,
) -> None:
    """Run a local exchange until it is interrupted. The first line that it prints is its port."""
    from lockstep.live.exchange.run import Settings, run

    settings = Settings(
        instruments=instruments, log=log, sync=sync, faults=faults, fault_seed=fault_seed, flow=flow,
        flow_speed=flow_speed, phase=phase, admin=admin,
    )  # fmt: skip
    if sys.stderr.isatty():
        print("The matching is loaded; the first time it is compiled, which takes a minute or so.", file=sys.stderr)
    run(settings, host, port, expose=expose, told=lambda port: print(port, flush=True))
