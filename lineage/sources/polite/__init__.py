"""How any source behaves towards the service that it reads: what Azure's crawler and MLflow's have in common.

manners.py   patience, requests at once, and the gates that sources share
gate.py      how fast to ask behind a limit that nobody tells
asked.py     what headers ask for: to wait, and what they say is left
patience.py  a question that goes back to the gate as often as it is refused for its pace
breaker.py   a host that is down is not asked ten thousand times
bounded.py   bodies of so many bytes and seconds, and no more    (imports requests)
workers.py   threads that answer in the order they were asked
"""
