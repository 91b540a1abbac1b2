"""Answers each line on stdin with one line of JSON: "read" with what psutil reads now,
"burn SECONDS" once it has kept one core busy for that long."""

import json
import sys
import time

import psutil


def read():
    memory = psutil.virtual_memory()
    volume = psutil.disk_usage("/")
    return {
        "time": time.monotonic(),
        # Over the time since the call before, by psutil's own formula.
        "cpu": psutil.cpu_percent(),
        "cores": psutil.cpu_percent(percpu=True),
        "memory": {"total": memory.total, "available": memory.available},
        "swap": psutil.swap_memory().total,
        "root": {"total": volume.total, "used": volume.used, "free": volume.free},
        "disks": {name: io.write_bytes for name, io in psutil.disk_io_counters(perdisk=True).items()},
        "interfaces": {name: io.bytes_recv for name, io in psutil.net_io_counters(pernic=True).items()},
    }


def burn(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


for line in sys.stdin:
    command, *arguments = line.split()
    answer = read() if command == "read" else burn(float(arguments[0]))
    print(json.dumps(answer), flush=True)
