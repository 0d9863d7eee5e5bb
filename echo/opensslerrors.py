"""
The texts in pyOpenSSL's exceptions.
"""

from OpenSSL import SSL


def opensslReasons(error: BaseException | None) -> list[str]:
    """
    @return: OpenSSL's reasons, such as C{no shared cipher}. Other exceptions have none,
        and neither have some of OpenSSL's.
    """
    queue = error.args[0] if isinstance(error, SSL.Error) and error.args else None
    return [each[-1] for each in queue] if isinstance(queue, list) else []
