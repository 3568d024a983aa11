"""The model as an HTTP service: who may ask, what is accepted, what is answered."""
