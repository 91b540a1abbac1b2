"""The loop of the original course server: the last metrics of each address, and when they came.
Prints its address, and at each SIGUSR2 how many datagrams it has taken. With `bare` it
counts them, and does nothing else."""

import json
import signal
import socket
import sys
import time

MAX_DATAGRAM_BYTES = 8192
IS_BARE = sys.argv[1:] == ["bare"]

hosts = {}
taken = 0

receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.bind(("127.0.0.1", 0))
signal.signal(signal.SIGUSR2, lambda *_: print(taken, flush=True))
print("Receives on %s:%d" % receiver.getsockname(), flush=True)

while True:
    datagram, address = receiver.recvfrom(MAX_DATAGRAM_BYTES)
    if IS_BARE:
        taken += 1
        continue
    try:
        metrics = json.loads(datagram.decode())
    except ValueError:
        continue
    hosts[address] = {"metrics": metrics, "last_seen": time.time()}
    taken += 1
