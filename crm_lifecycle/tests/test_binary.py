import random

import numpy as np
from odoo.tests import TransactionCase, tagged

from ..analytics import binary


@tagged("post_install", "-at_install")
class TestBinary(TransactionCase):
    def test_amounts_as_postgresql_turns_floats_into_numbers(self):
        chance = random.Random(3)
        values = [0.0, -0.0, 0.01, -0.01, 0.005, 0.9999, 0.99999999, 0.999999999, 1e-9, 9999.99995, 1.0000000049]
        values += [123456789012345.6, 99999999999999.99, 12345678901234.57, 1e15, 1e17, -1e17]
        values += [round(chance.uniform(-(10**size), 10**size), places) for size in range(15) for places in range(7) for _each in range(20)]
        floats = np.array(values)
        self.env.cr.execute("CREATE TEMPORARY TABLE written (number numeric, float float8)")
        rows = binary._stream([("number", binary.NUMERIC, binary._numeric(floats)), ("float", ">f8", floats)])
        binary._copy(self.env.cr, "written", ["number", "float"], [rows])
        self.env.cr.execute("SELECT number, float FROM written WHERE number <> round(float::numeric, 8)")
        self.assertEqual(self.env.cr.fetchall(), [])
        self.env.cr.execute("SELECT count(*) FROM written")
        self.assertEqual(self.env.cr.fetchone(), (len(values),))
