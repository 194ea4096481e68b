"""What is deployed, in memory and compiled; files become versions.

    deployments.py  a deployment, from its files to new versions; files.py reads them
    catalog.py      one line about everything that is deployed, as it was at one moment
    definitions.py  what is compiled of it; decisions.py, its DMN models
"""
