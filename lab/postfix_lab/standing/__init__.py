"""A standing lab: one that stays, and works for every command until `down` ends it.

`standing_record.py` says where it is and whether it lives, `requests.py` declares what it can be asked, `service.py`
answers, `keeper.py` is the process that owns it, `keeper_protocol.py` and `keeper_server.py` are its socket's ends.
"""
