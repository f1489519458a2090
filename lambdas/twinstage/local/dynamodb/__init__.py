"""DynamoDB of the embedded AWS: the memory world's exact DynamoDB behind AWS's wire, and its bulk export and import through S3.

moto's DynamoDB holds nothing and is never asked; what else of moto's would ask it is answered from here, or refused.
"""
