from postfix_lab.smtp.certificate import Certificate


def test_the_words() -> None:
    """What a scenario says, and what crosses to the Internet's container."""
    assert [str(word) for word in Certificate] == [
        "none", "anonymous", "good", "expired", "not-yet", "wrong-name", "unknown-ca",
    ]  # fmt: skip
