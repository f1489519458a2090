"""What a handler draws follows from its environment's identity and seed, and from nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.world.contained.conftest import Handlers

DRAWS = """
    import boto3, os, random, secrets, tempfile, uuid
    from random import choice, uniform
    from uuid import uuid4
    def lambda_handler(event, context):
        own = random.Random()
        drawn = [
            random.random(), uniform(0, 1), choice(range(10**9)), random.sample(range(1000), 3), own.random(),
            random.SystemRandom().random(), secrets.token_hex(8), secrets.randbelow(10**9), os.urandom(8).hex(),
            str(uuid4()), str(uuid.uuid1()), random.getrandbits(64), random.gauss(0, 1), next(tempfile._get_candidate_names()),
        ]
        random.seed(5)
        seeded = random.random()
        assert seeded == random.Random(5).random()
        return drawn
    """


class TestSeeds:
    def test_the_same_seed_draws_the_same_in_every_process(self, handlers: Handlers) -> None:
        first, again = (handlers.run(DRAWS).response for _ in range(2))
        assert first == again

    def test_another_environment_or_another_seed_draws_otherwise(self, handlers: Handlers) -> None:
        function = handlers.function(DRAWS)
        told = handlers.converse(
            {"A": {"function": function}, "B": {"function": function}, "C": {"function": function, "seed": 1}}
        )
        for mine, others, seeded in zip(*(told[name].response for name in "ABC"), strict=True):
            assert mine not in (others, seeded)

    def test_turns_of_others_change_nothing(self, handlers: Handlers) -> None:
        code = """
            import boto3, random, uuid
            def lambda_handler(event, context):
                drawn = []
                for _ in range(3):
                    boto3.client("dynamodb").list_tables()
                    drawn += [random.random(), str(uuid.uuid4())]
                return drawn
            """
        function = handlers.function(code)
        alone = handlers.converse({"A": {"function": function}})["A"].response
        among = handlers.converse(
            {"B": {"function": function}, "A": {"function": function}}, turns=["B", "A", "A", "B", "B", "A"]
        )["A"].response
        assert alone == among

    def test_uuid1_carries_the_virtual_time(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            import uuid
            def lambda_handler(event, context):
                made = uuid.uuid1()
                return [made.version, (made.time - 0x01B21DD213814000) // 10**7]
            """
        )
        assert told.response == [1, 1_760_917_680]

    def test_the_order_of_sets_is_the_same_in_every_process(self, handlers: Handlers) -> None:
        code = "def lambda_handler(event, context): return list({'a', 'b', 'c', 'd', 'e'})"
        assert handlers.run(code).response == handlers.run(code).response
