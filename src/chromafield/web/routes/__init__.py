"""What the server answers, a file for each kind of asker.

pictures.py  pictures in, pictures in colour out: for programs, as /api tells them
hints.py     hints and what helps to give them: for programs, too
page.py      what the page alone asks for, in no form that others would like
examples.py  photographs to try
_parts.py    what several of them take and give

Pictures go over the line as they lie in files, hints as in a hint file, and a refusal as
`{"error": "a sentence"}` with a status of 400, 403, 409, 413, 422 or 429.
"""
