# TODO now
