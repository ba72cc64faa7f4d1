"""Between the contract's messages and the model: reading checks nothing that the model can hold."""
