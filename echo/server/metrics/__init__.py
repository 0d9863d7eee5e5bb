"""
Prometheus metrics, for C{--metrics}.

  - C{counters}: conversations, refusals, messages and pings since the start. The rest
    of the server increments them.
  - C{collector}: counters and current state as Prometheus's metric families.
  - C{exposition}: the site that serves them at C{/metrics}.

Only C{collector} and C{exposition} import prometheus_client, and L{echo.tap} imports
them only with C{--metrics}.
"""
