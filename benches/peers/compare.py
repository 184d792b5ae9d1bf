#!/usr/bin/env python3
"""Measures shadernets and its peers interleaved, checks that they learn the same, and prints one table per workload.

A measurement is one process that trains from an exported workload and prints one line of JSON. A round measures
every trainer once, one after the other; the ratio to a peer is the median of the ratios within the rounds. In the
first round every trainer starts with empty caches of compiled kernels and autotune results, in the later ones with
those of the first.
"""

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from safetensors import safe_open

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# Epochs a process, by workload: enough for a median, in seconds at most minutes.
EPOCHS = {"w1": 15, "w2": 300, "w3": 4}
# Relative difference within which costs agree. That of dev grows with the steps: in w3's third epoch, after 1,400
# of them, trainers whose training costs agree within 5e-4 differ by up to 3e-3.
TOLERANCE = {"train_cost": 1e-3, "dev_cost": 5e-3}
# burn's running variance is the biased one, which shows in dev costs where minibatches are small.
BIASED = 3e-2

OURS = ("cpu", "gpu")
PYTORCH = {
    "pytorch": [],
    "pytorch-fused": ["--fused"],
    "pytorch-compiled": ["--compile"],
    "pytorch-in-order": ["--in-order"],
}
RUST = {
    "tch": ("tch", []),
    "tch-in-order": ("tch", ["--in-order"]),
    "burn-flex": ("burn", ["--backend=flex"]),
    "burn-ndarray": ("burn", ["--backend=ndarray"]),
    "burn-wgpu": ("burn", ["--backend=wgpu"]),
    "candle": ("candle", []),
}
PEERS = [*PYTORCH, *RUST]


def main():
    options = arguments()
    commands = {f"shadernets-{device}": ours(options, device) for device in options.devices}
    commands |= {peer: peer_command(options, peer) for peer in options.peers}
    results = []
    with tempfile.TemporaryDirectory(prefix="peers-") as scratch:
        files = exported(options, Path(scratch))
        for workload in options.workloads:
            rounds = measure(options, workload, files / f"{workload}.safetensors", commands, Path(scratch))
            results.append(summary(workload, files / f"{workload}.safetensors", rounds))
            print(table(results[-1]), flush=True)
            if options.json:
                options.json.write_text(json.dumps(results, indent=1) + "\n")
    failures = [line for result in results for line in result["disagreements"]]
    for line in failures:
        print(line, file=sys.stderr)
    sys.exit(bool(failures))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    target = os.environ.get("CARGO_TARGET_DIR")
    for option, known in [("--workloads", list(EPOCHS)), ("--peers", PEERS), ("--devices", list(OURS))]:
        of = "devices of shadernets" if option == "--devices" else option[2:]
        text = f"{of} (default: {','.join(known)})"
        parser.add_argument(option, type=partial(chosen, known), default=known, metavar="LIST", help=text)
    parser.add_argument(
        "--rounds", type=partial(at_least, 1), default=3, help="measurements of each trainer (default: %(default)s)"
    )
    defaults = ", ".join(f"{workload}: {epochs}" for workload, epochs in EPOCHS.items())
    parser.add_argument(
        "--epochs", type=partial(at_least, 2), help=f"of each measurement, 2 or more (default: {defaults})"
    )
    parser.add_argument("--export", type=Path, metavar="DIR", help="exported workloads; written first if DIR has none")
    parser.add_argument(
        "--shadernets", type=Path, default=ROOT / "target/release/shadernets", help="our program (default: %(default)s)"
    )
    parser.add_argument(
        "--harnesses", type=Path, metavar="DIR", default=target and Path(target) / "release",
        help="where the Rust peers' programs are (default: each crate's target/release)",
    )
    parser.add_argument("--json", type=Path, metavar="OUT", help="writes all measurements there")
    return parser.parse_args()


def at_least(least, text):
    if not text.isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(f"{text} is no number from {least} on")
    return int(text)


def chosen(known, text):
    names = [name for name in text.split(",") if name]
    for name in names:
        if name not in known:
            raise argparse.ArgumentTypeError(f"{name} is none of {', '.join(known)}")
    return names


def ours(options, device):
    return [built(options.shadernets, "cargo build --release"), "bench", f"--device={device}", "--json-line"]


def peer_command(options, peer):
    if peer in PYTORCH:
        return [sys.executable, str(HERE / "train_pytorch.py"), *PYTORCH[peer]]
    crate, flags = RUST[peer]
    folder = options.harnesses or HERE / crate / "target/release"
    return [built(folder / f"peer-{crate}", f"cargo build --release, in {HERE / crate}"), *flags]


def built(program, how):
    if not program.exists():
        sys.exit(f"compare.py: there is no {program}; make it with: {how}")
    return str(program.resolve())


def exported(options, scratch):
    """The folder of the exported workloads, written by our program where it lacks one."""
    folder = options.export or scratch / "export"
    if not all((folder / f"{workload}.safetensors").exists() for workload in options.workloads):
        command = [built(options.shadernets, "cargo build --release"), "bench", "--export", str(folder)]
        subprocess.run(command, check=True, stdout=sys.stderr)
    return folder.resolve()


def measure(options, workload, file, commands, scratch):
    """For each round, each trainer's measurement."""
    epochs = str(options.epochs or EPOCHS[workload])
    rounds = []
    for number in range(options.rounds):
        rounds.append({})
        for trainer, command in commands.items():
            if trainer.endswith("-in-order") and not full_batch(file):
                continue
            print(f"{workload}, round {number + 1}: {trainer}", file=sys.stderr, flush=True)
            caches = scratch / workload / trainer
            caches.mkdir(parents=True, exist_ok=True)
            command = [*command, f"--from={file}", f"--epochs={epochs}"]
            run = subprocess.run(command, env=environment(caches), cwd=caches, capture_output=True, text=True)
            lines = [line for line in run.stdout.splitlines() if line.startswith("{")]
            if run.returncode != 0 or not lines:
                sys.exit(f"compare.py: {' '.join(command)} failed:\n{run.stderr}")
            rounds[-1][trainer] = json.loads(lines[-1])
    return rounds


def environment(caches):
    """Keeps every cache of kernels and autotune results below the folder, which is also the working directory, so
    that burn does not take the target folder of a crate around it; and finds libtorch for tch."""
    torch = importlib.util.find_spec("torch")
    libraries = [f"{Path(torch.origin).parent}/lib"] if torch else []
    libraries += filter(None, [os.environ.get("LD_LIBRARY_PATH")])
    return os.environ | {
        "XDG_CACHE_HOME": str(caches),
        "MESA_SHADER_CACHE_DIR": str(caches / "mesa"),
        "TORCHINDUCTOR_CACHE_DIR": str(caches / "inductor"),
        "LD_LIBRARY_PATH": ":".join(libraries),
    }


def full_batch(file):
    with safe_open(file, framework="numpy") as workload:
        return int(workload.metadata()["minibatch"]) >= workload.get_slice("train_x").get_shape()[0]


def summary(workload, file, rounds):
    """What the rounds say about each trainer."""
    with safe_open(file, framework="numpy") as exported:
        expected = {name: exported.get_tensor(name).tolist() for name in ("train_cost", "dev_cost")}
    epoch = [{name: statistics.median(run["epoch_seconds"]) for name, run in measured.items()} for measured in rounds]
    rows, disagreements = [], []
    for name in rounds[0]:
        runs = [measured[name] for measured in rounds]
        row = {
            "name": name,
            "seconds_per_epoch": statistics.median(seconds[name] for seconds in epoch),
            "lowest_and_highest": [min(s[name] for s in epoch), max(s[name] for s in epoch)],
            "first_epoch_cold_seconds": runs[0]["first_epoch_seconds"],
            "first_epoch_warm_seconds": statistics.median(run["first_epoch_seconds"] for run in runs[1:] or runs),
            "peak_rss_mib": statistics.median(run["peak_rss_mib"] for run in runs),
        }
        for device in OURS:
            mine = f"shadernets-{device}"
            if mine in rounds[0] and not name.startswith("shadernets"):
                row[f"{mine}_ratio"] = statistics.median(seconds[mine] / seconds[name] for seconds in epoch)
        for cost, values in expected.items():
            difference, at = furthest(runs[0][cost], values)
            row[f"{cost}_difference"] = difference
            biased = name.startswith("burn") and cost == "dev_cost"
            if not difference <= (BIASED if biased else TOLERANCE[cost]):
                found, wanted = runs[0][cost][at], values[at]
                disagreements.append(f"{workload}, {name}: epoch {at}'s {cost} is {found:.6f}, in the export {wanted:.6f}")
        rows.append(row)
    return {"workload": workload, "trainers": rows, "disagreements": disagreements, "rounds": rounds}


def furthest(measured, expected):
    """The largest relative difference and its epoch, counted from 0. NaN is the largest of all."""
    differences = [abs(a - b) / abs(b) for a, b in zip(measured, expected)]
    at = max(range(len(differences)), key=lambda i: (differences[i] != differences[i], differences[i]))
    return differences[at], at


def table(result):
    heads = ["trainer", "s/epoch", "ours cpu / it", "ours gpu / it", "first epoch cold, s", "warm, s", "peak MiB"]
    heads += ["train cost off by", "dev cost off by"]
    lines = [f"\n## {result['workload']}\n", "| " + " | ".join(heads) + " |", "|---" + "|--:" * (len(heads) - 1) + "|"]
    for row in result["trainers"]:
        ratios = [row.get(f"shadernets-{device}_ratio") for device in OURS]
        cells = [row["name"], f"{row['seconds_per_epoch']:.3g}"]
        cells += ["" if ratio is None else f"{ratio:.2f}" for ratio in ratios]
        cells += [f"{row['first_epoch_cold_seconds']:.2f}", f"{row['first_epoch_warm_seconds']:.2f}"]
        cells += [f"{row['peak_rss_mib']:.0f}"]
        cells += [f"{row[f'{cost}_difference']:.0e}" for cost in ("train_cost", "dev_cost")]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
