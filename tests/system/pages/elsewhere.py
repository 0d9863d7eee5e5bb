"""
Commands and examples of the manual that do not run in the test of their page: they
install, or need other machines.
"""

#: By page: a command, or the name of a file, and what runs it in another form: a path
#: in the checkout, or the name of a test.
ELSEWHERE: dict[str, dict[str, str]] = {
    "docs/howto/container.rst": dict.fromkeys(
        (
            "docker build --tag wsecho --file deploy/container/Containerfile .",
            "docker run --rm --publish 127.0.0.1:8080:8080 wsecho",
            "docker run --rm --publish 127.0.0.1:8080:8080 wsecho --listen tcp:8080 --max-message 1m",  # noqa: E501
        ),
        "tests.system.slow.container",
    ),
    "docs/howto/gate.rst": dict.fromkeys(
        (".github/workflows/gate.yml", ".gitlab-ci.yml"), "tests.system.pages.test_gate"
    ),
    # .ci/run installs from a clone, and the tests of packaging from a wheel.
    "docs/tutorial.rst": dict.fromkeys(
        ("python3 -m venv .venv", ". .venv/bin/activate", "pip install wsecho"),
        "tests.system.slow.wheels",
    ),
    "README.rst": {
        **dict.fromkeys(
            ("pipx install wsecho",),
            "tests.system.slow.wheels",
        ),
        **dict.fromkeys(
            (
                "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/twistd -n echo",  # noqa: E501
                "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/trial -j4 tests",  # noqa: E501
            ),
            ".ci/run",
        ),
    },
}
