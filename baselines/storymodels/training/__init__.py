"""What training any of the models needs."""
