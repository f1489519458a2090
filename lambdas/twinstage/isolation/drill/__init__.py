"""The attack drill: what an over-privileged role of a twin tries on production and on other runs, and what came of it.

`attempts` is the list, as data; `outcomes` judges what the calls came to; `evidence` puts it together with what production saw.
"""
