"""Unstuck: Invoke tasks that get a local Docker Compose stack running again.

    settings -> stack -> probes -> Snapshot -> checks -> Findings -> diagnosis
             -> plan -> runner -> probes again = verified

- ``cli``        every name a user can type
- ``checks``     every check; ``fixes`` every fix; ``bundles`` every collector
- ``core``       decides: pure, imports nothing from ``adapters``
- ``adapters``   touches: one door to each thing in the world

This file defines nothing: under Invoke the module ``tasks`` is ``tasks.py``
(which borrows this package's path), so a name defined here would exist under
pytest and be missing under ``inv``.
"""
