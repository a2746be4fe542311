"""What an order has to show, described for the API document: proof, failed attempts, cash, and what is still needed."""

from rest_framework import serializers

from orders.states import CashStage, CollectionStatus, ProofKind, Stage


class ProofSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=ProofKind.choices)
    stage = serializers.ChoiceField(choices=Stage.choices)
    is_picture = serializers.BooleanField(help_text="Fetched under the order's address with `id`.")
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)
    size = serializers.IntegerField(allow_null=True, help_text="Bytes.")
    text = serializers.CharField(allow_blank=True, help_text="The scanned code, or the note.")
    by = serializers.CharField()
    created_at = serializers.DateTimeField()
    attached_at = serializers.DateTimeField(allow_null=True, help_text="Empty until an act names it.")
    act = serializers.CharField(allow_blank=True)
    is_superseded = serializers.BooleanField(help_text="Its act was taken back.")


class AttemptDriverSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()


class AttemptSerializer(serializers.Serializer):
    stage = serializers.ChoiceField(choices=Stage.choices)
    driver = AttemptDriverSerializer()
    reason = serializers.CharField()
    note = serializers.CharField(allow_blank=True)
    by = serializers.CharField()
    created_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True, help_text="Reported by mistake: it does not count.")


class OrderCollectionSerializer(serializers.Serializer):
    """Cash taken for one order at one end."""

    stage = serializers.ChoiceField(choices=CashStage.choices)
    status = serializers.ChoiceField(choices=CollectionStatus.choices)
    amount = serializers.DecimalField(max_digits=10, decimal_places=2, help_text="Taken: goods and fee together.")
    goods = serializers.DecimalField(max_digits=10, decimal_places=2)
    fee = serializers.DecimalField(max_digits=10, decimal_places=2)
    due = serializers.DecimalField(max_digits=10, decimal_places=2, help_text="What the order asked for.")
    differs = serializers.BooleanField(help_text="Another amount than what was due was taken.")
    difference_reason = serializers.CharField(allow_blank=True)
    collected_at = serializers.DateTimeField()


class CashDueSerializer(serializers.Serializer):
    amount = serializers.DecimalField(max_digits=10, decimal_places=2)
    goods = serializers.DecimalField(max_digits=10, decimal_places=2)
    fee = serializers.DecimalField(max_digits=10, decimal_places=2)


class NeededSerializer(serializers.Serializer):
    stage = serializers.ChoiceField(choices=Stage.choices)
    proof = serializers.ListField(
        child=serializers.ChoiceField(choices=ProofKind.choices), help_text="The kinds of proof still missing."
    )
    cash = CashDueSerializer(help_text="What the driver has to collect then.")
