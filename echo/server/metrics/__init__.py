"""
Prometheus metrics, for C{--metrics}.

    counters      conversations, refusals, messages and pings since the start
    collector     the counters and the current state as Prometheus's metric families
    exposition    the site that serves them at C{/metrics}

All packages of the server increment the counters. Only C{collector} and C{exposition}
import prometheus_client, and L{echo.tap} imports them only with C{--metrics}.
"""
