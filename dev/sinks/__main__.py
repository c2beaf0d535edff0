"""`python -m dev.sinks`: both sinks until SIGTERM. Settings: the SINKS_* and SMS_* variables of dev/environment.py."""

from __future__ import annotations

import os
import signal
import sys
import threading
from functools import partial
from pathlib import Path

from werkzeug.serving import make_server

from chassis import logs
from dev.sinks import reports
from dev.sinks.pages import create_app
from dev.sinks.returns import Returns
from dev.sinks.sms import Sms
from dev.sinks.smtp import Courriels, Handler, SmtpSink


def main() -> int:
    """Serves; 0 at SIGTERM."""
    logs.configure("dev", "sinks")
    folder = Path(os.environ["SINKS_DIR"])
    courriels = Courriels(folder)
    sms = Sms(folder, os.environ["SMS_SECRET"], os.environ.get("SMS_CALLBACK", ""))
    send_report = partial(reports.send, port=int(os.environ["SINKS_BOUNCE_PORT"]))
    returns = Returns(folder / "retours.jsonl", {"dsn": send_report, "sms": sms.call_back})
    sms.returns = returns
    password = os.environ.get("SINKS_SMTP_PASSWORD", "")
    smtp = SmtpSink(Handler(courriels, returns), int(os.environ["SINKS_SMTP_PORT"]), password)
    smtp.start()
    server = make_server("127.0.0.1", int(os.environ["SINKS_HTTP_PORT"]), create_app(courriels, sms), threaded=True)
    # `shutdown` waits for the serving loop, which is this thread's: another one has to ask.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
    smtp.stop()
    returns.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
