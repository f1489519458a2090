"""The rehearsed way back: from every state that a change may be met in, is it undone, does everything hold, and is the old code at home again?"""
