"""What providers tell delivery: taken at the HTTP edge, kept before it is answered, and handled afterwards."""
