"""Measured claims: what Unstuck costs beside what people would type otherwise.

inv bench                 every claim, some twelve minutes on two cores
inv bench --only triage   one of them
inv bench --runs 3        quicker, and less sure

stopwatch.py  one process from outside: time, CPU, memory
pairs.py      A B A B, and the ratio of each pair
rows.py       what is claimed, and whether it holds
workshop.py   the stacks, containers and logs that are measured on
typed.py      what people type otherwise: the playbook's commands
claims/       the measurements, a module each
"""
