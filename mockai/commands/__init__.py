"""The commands of `mockai`, a module for each thing one does with it."""
