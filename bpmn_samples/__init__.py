"""Sample processes, each in a folder of its own with its diagrams, its forms and a script that plays it.

`stage.py` holds what the scripts share; `README.md` says what each sample shows and how to run it.
"""
