# SPDX-License-Identifier: Apache-2.0
"""A proxy before a PostgreSQL server's socket that cuts the connection around a COMMIT."""
import contextlib
import pathlib
import socket
import threading
import time

NAME = ".s.PGSQL.5432"
COMMIT = b"Q\0\0\0\x0bCOMMIT\0"


class Proxy:
    """Hands bytes on both ways, but for the COMMIT of that number, among all connections:

    cut    it reaches the server, and the answer nobody
    delay  the client is cut off, and the server gets it later
    """

    def __init__(self, folder, server, mode, number):
        self.mode = mode
        self.left = number
        self.server = str(pathlib.Path(server) / NAME)
        self.lock = threading.Lock()
        self.was_cut = False
        self.ends = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(pathlib.Path(folder) / NAME))
        self.listener.listen(16)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                self._begin(self.listener.accept()[0])

    def _begin(self, client):
        server = socket.socket(socket.AF_UNIX)
        server.connect(self.server)
        self.ends += client, server
        threading.Thread(target=self._to_server, args=(client, server), daemon=True).start()
        threading.Thread(target=self._to_client, args=(client, server), daemon=True).start()

    def _is_the_one(self, data):
        if not data.endswith(COMMIT):
            return False
        with self.lock:
            self.left -= 1
            return self.left == 0

    def _to_server(self, client, server):
        with contextlib.suppress(OSError):
            while data := client.recv(1 << 16):
                if self._is_the_one(data):
                    self._cut(client, server, data)
                    return
                server.sendall(data)
        close(server)

    def _cut(self, client, server, data):
        self.was_cut = True
        if self.mode == "cut":
            server.sendall(data)
            close(client)
            return
        close(client)
        time.sleep(0.3)
        with contextlib.suppress(OSError):
            server.sendall(data)

    @staticmethod
    def _to_client(client, server):
        with contextlib.suppress(OSError):
            while data := server.recv(1 << 16):
                client.sendall(data)
        close(client)

    def close(self):
        self.listener.close()


class CutAfter(Proxy):
    """The COMMIT that is treated so is the first behind @p words."""

    def __init__(self, folder, server, mode, words):
        self.words = words.encode()
        self.has_heard = False
        super().__init__(folder, server, mode, 1)

    def _is_the_one(self, data):
        self.has_heard = self.has_heard or self.words in data
        return self.has_heard and not self.was_cut and data.endswith(COMMIT)


class Hold(Proxy):
    """Keeps what a client says with @p words in it, the first that does, until it is let go."""

    def __init__(self, folder, server, words):
        self.words = words.encode()
        self.came = threading.Event()
        self.may_go = threading.Event()
        super().__init__(folder, server, "hold", 1)

    def _is_the_one(self, data):
        if self.words in data and not self.came.is_set():
            self.came.set()
            self.may_go.wait(60)
        return False


def error(sqlstate, message):
    """A server's last word to a client that it does not let in."""
    fields = b"".join(kind + text.encode() + b"\0" for kind, text in
                      ((b"S", "FATAL"), (b"V", "FATAL"), (b"C", sqlstate), (b"M", message))) + b"\0"
    return b"E" + (len(fields) + 4).to_bytes(4, "big") + fields


class Restart(Proxy):
    """A server that stops at what a client says for the @p number-th time, among all connections, and lets nobody in for
    @p seconds: it starts, and says so, or (@p is_silent) only hangs up."""

    def __init__(self, folder, server, number, seconds=0.1, is_silent=False):
        self.seconds = seconds
        self.is_silent = is_silent
        self.until = 0
        self.said = 0
        super().__init__(folder, server, "restart", number)

    def _begin(self, client):
        if time.monotonic() >= self.until:
            super()._begin(client)
            return
        with contextlib.suppress(OSError):
            if client.recv(1 << 16) and not self.is_silent:
                client.sendall(error("57P03", "the database system is starting up"))
        close(client)

    def _is_the_one(self, data):
        with self.lock:
            self.said += 1
            return self.said == self.left

    def _cut(self, client, server, data):
        self.until = time.monotonic() + self.seconds
        self.was_cut = True
        for end in self.ends.copy():
            close(end)


def close(end):
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
