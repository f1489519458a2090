"""IAM policies: their documents, how they match, what they allow."""
