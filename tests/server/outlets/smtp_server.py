"""A mail server for a test: TLS, AUTH, and recipients whose names say what becomes of a message."""
import asyncio
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

mode, certificate, key = sys.argv[1:4]


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        for status in ("451", "550"):
            if address.startswith(status):
                return f"{status} no mailbox {address}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        print(json.dumps({
            "tls": session.ssl is not None,
            "user": session.auth_data.login.decode() if session.auth_data else None,
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "message": envelope.content.decode(),
        }), flush=True)
        return "250 taken"


def authenticate(server, session, envelope, mechanism, data):
    known = data.login == b"pulso" and data.password == b"pa55word-of-pulso"
    return AuthResult(success=known, handled=False, auth_data=data)


context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(certificate, key)


def connect():
    secure = {"tls_context": context, "require_starttls": True} if mode == "starttls" else {}
    auth = {} if mode == "plain" else {
        "authenticator": authenticate,
        "auth_required": True,
        "auth_require_tls": mode == "starttls",
    }
    return SMTP(Handler(), hostname="localhost", **secure, **auth)


async def serve():
    secure = {"ssl": context} if mode == "tls" else {}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(connect, "127.0.0.1", 0, **secure)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(serve())
