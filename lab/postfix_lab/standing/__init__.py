"""A standing lab: one that stays, and works for every command until it is told to go.

`standing_record.py` says where it is and whether it lives, `keeper_protocol.py` how it is spoken to, `service.py` what
it can be asked, `keeper.py` is the process that owns it.
"""
