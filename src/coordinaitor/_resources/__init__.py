"""The resources that can do more than their endpoints."""
