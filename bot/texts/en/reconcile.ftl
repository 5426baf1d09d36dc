# Reconciliation: everything in Fidelio against everything of ours in the CRM.

typed-reconcile = reconcile
sync-phase-checking = comparing with the CRM

reconcile-same =
    <b>{ $hotel }</b>: reconciled — Fidelio and the CRM agree ✅
    { $sides }
    Arrival dates checked: { $days } · in { $duration }
    { $fresh }
reconcile-differs =
    <b>{ $hotel }</b>: reconciliation found { $count } { $count ->
        [one] difference
       *[other] differences
    }
    { $sides }
reconcile-repaired =
    <b>{ $hotel }</b>: differences put right ✅
    { $kinds }
    Looked once more: Fidelio and the CRM agree · in { $duration }
    { $fresh }
reconcile-repaired-partly =
    <b>{ $hotel }</b>: not everything could be put right, { $count } left
    { $sides }
reconcile-by = Being put right by { $name }
reconcile-sides = { $sort }: { $pms } in Fidelio, { $crm } in the CRM
reconcile-company = companies
reconcile-contact = guests
reconcile-deal = reservations
reconcile-kind-missing = missing in the CRM
reconcile-kind-extra = extra in the CRM
reconcile-kind-differs = differs
reconcile-kind-vanished = gone from Fidelio
reconcile-kind-duplicate = doubled in the CRM
reconcile-kind = • { $kind } — { $count }
reconcile-days = By arrival date (Fidelio / CRM):
reconcile-day = { $day }: { $pms } / { $crm }
reconcile-no-day = no date
reconcile-more-days = … and { $count } more { $count ->
        [one] date
       *[other] dates
    }
reconcile-list = Differences:
reconcile-line = { $kind }: { $sort } <code>{ $key }</code>{ $fields ->
        [0] { "" }
       *[other] { " " }({ $names })
    }{ $linked ->
        [yes] { " " }{ $links }
       *[no] { "" }
    }
reconcile-item-company = company
reconcile-item-contact = guest
reconcile-item-deal = reservation
reconcile-more = … and { $count } more. The whole list: <code>concierge reconcile { $code } --json</code>
reconcile-extra-stays = Extra items stay in the CRM: a person decides about them.
button-repair = Put right ({ $count })
error-repair-already = It is being put right already. Please wait for its report.
