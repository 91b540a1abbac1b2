"""What the course assignment asked of an agent: each second, what psutil knows of this host as JSON
in one UDP datagram to the port given."""

import json
import socket
import sys
import time

import psutil

INTERVAL_SECONDS = 1


def read():
    memory = psutil.virtual_memory()
    disk = psutil.disk_usage("/")
    disk_io = psutil.disk_io_counters()
    network = psutil.net_io_counters()
    return {
        "host": socket.gethostname(),
        "time": time.time(),
        # Over the time since the call before.
        "cpu": psutil.cpu_percent(percpu=True),
        "memory": {"total": memory.total, "used": memory.used, "percent": memory.percent},
        "disk": {"total": disk.total, "used": disk.used, "percent": disk.percent},
        "disk_io": {"read": disk_io.read_bytes, "write": disk_io.write_bytes} if disk_io else None,
        "network": {"sent": network.bytes_sent, "received": network.bytes_recv},
    }


address = ("127.0.0.1", int(sys.argv[1]))
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
while True:
    sender.sendto(json.dumps(read()).encode(), address)
    time.sleep(INTERVAL_SECONDS)
