"""The expensive evidence: each module that studies/dvc.yaml names measures one question.

Its `measure(paths, contract)` returns what `reports/<name>.json` keeps.
"""
