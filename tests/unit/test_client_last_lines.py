"""What is shown of the output of a client that failed: its message, wherever its language writes it."""

import subprocess
import sys

import pytest

from conformance.suites.clients.output import LINES, Output

NODE = """file:///app/sync.mjs:1
TypeError: Invalid URL
    at new URL (node:internal/url:797:36)
    at async loadESM (node:internal/process/esm_loader:28:7)
{ code: 'ERR_INVALID_URL' }

Node.js v20.20.2
"""
JAVA = """Exception in thread "main" java.lang.RuntimeException: login failed
\tat Sync.main(Sync.java:1)
Caused by: java.lang.IllegalStateException: no URL given
\tat java.base/java.lang.reflect.Method.invoke(Method.java:569)
\t... 8 more
"""
RUBY = "sync.rb:1:in `login': no URL given (RuntimeError)\n" + "\tfrom sync.rb:3:in `<main>'\n" * LINES


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        (NODE, ["file:///app/sync.mjs:1", "TypeError: Invalid URL", "{ code: 'ERR_INVALID_URL' }"]),
        (
            JAVA,
            [
                'Exception in thread "main" java.lang.RuntimeException: login failed',
                "Caused by: java.lang.IllegalStateException: no URL given",
            ],
        ),
        (RUBY, ["sync.rb:1:in `login': no URL given (RuntimeError)"]),
        ("  at last\n", ["at last"]),
        ("".join(f"{n}\n" for n in range(20)), [str(n) for n in range(12, 20)]),
    ],
    ids=["Node.js", "Java", "Ruby", "nothing else", "many lines"],
)
def test_the_message_is_shown_and_not_the_frames_of_its_stack(printed, shown):
    command = [sys.executable, "-c", "import sys; sys.stdout.write(sys.argv[1])", printed]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        output = Output(program.stdout)
        program.wait()
        output.close()
    assert output.last_lines == shown
