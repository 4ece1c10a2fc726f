"""What fires when records are written: finding it, switching it off and back on, or passing it by permission."""
