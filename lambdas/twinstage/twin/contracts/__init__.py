"""Reading data contracts: `contract.read_contract` is the door, one module a standard behind it.

Liberal in what is optional: an unknown member, a value that nothing rests on, a standard newer than the newest known are warnings with their line. What would make a wrong twin
(a table without a name, two columns of one name, a key that cannot be read) is an InputError that holds every problem at once. Imports `model` only.
"""
