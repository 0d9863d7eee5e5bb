"""
What OpenSSL has to say.
"""

from OpenSSL import SSL


def reasons(error: BaseException | None) -> list[str]:
    """
    @param error: What was raised.

    @return: OpenSSL's reasons in words, such as C{no shared cipher}; none where it
        is no error of OpenSSL's, or one that names none.
    """
    queue = error.args[0] if isinstance(error, SSL.Error) and error.args else None
    return [each[-1] for each in queue] if isinstance(queue, list) else []
