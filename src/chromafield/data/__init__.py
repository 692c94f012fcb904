"""What is made of photographs: crops, marks of age, drawings, points that a person might give."""
