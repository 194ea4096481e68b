"""What reaches instances, and starts them, from outside: messages, signals, conditions.

    messages.py        messages in a batch; exchange.py finds their receivers among offers.py
    message_starts.py  what a message starts
    signals.py         to everybody who waits
    conditionals.py    start events with a condition
    joint_starts.py    starts that need several things
"""
